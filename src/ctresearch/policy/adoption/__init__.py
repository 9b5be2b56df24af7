"""What did a law do that countries adopted in different years?"""
