"""What a programme does: randomised trials and before-and-after designs."""
