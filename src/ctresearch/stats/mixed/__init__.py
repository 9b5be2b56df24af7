"""How much do groups differ, and what is each worth beside the others? Random terms, nested or crossed."""
