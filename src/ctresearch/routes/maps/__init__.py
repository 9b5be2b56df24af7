"""Where on a map: shapes, and pictures and a page of what flows say, with what is masked masked and no point below region."""
