"""How a version of a study is released, and how a release is run again."""
