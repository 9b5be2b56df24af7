"""What a release is: its files, its seal, how it is verified and withdrawn."""
