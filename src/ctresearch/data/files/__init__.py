"""Any file as chunks of text cells, its columns named as a schema names them."""
