"""What do invented interviews say, which themes were planted in them, and what did three coders make of them?"""
