"""How few people a number rests on."""
