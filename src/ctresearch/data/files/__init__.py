"""Any file as chunks of text cells."""
