"""What a cause does: estimators of effects."""
