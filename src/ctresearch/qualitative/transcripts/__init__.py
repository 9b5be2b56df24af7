"""What may leave an interview: identifiers found and put under pseudonyms, quotations held against all that left."""
