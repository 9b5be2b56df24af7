"""What many texts say: their words, topics and passages, and acts, means and purposes suggested to a person."""
