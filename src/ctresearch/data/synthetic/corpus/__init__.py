"""What invented interviews say, which themes were planted in them, and what coders made of them."""
