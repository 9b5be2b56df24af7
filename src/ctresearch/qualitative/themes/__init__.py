"""When nothing new comes, how many themes nobody has spoken of yet, and which codes stand together."""
