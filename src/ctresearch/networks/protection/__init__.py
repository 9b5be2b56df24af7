"""Which words say that somebody is a victim or a child, and which outputs must not leave unseen."""
