"""Where on a map: shapes, pictures and a page of flows; what is masked stays masked, and no point is below a region."""
