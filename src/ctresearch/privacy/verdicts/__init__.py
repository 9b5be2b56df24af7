"""What a verdict is: an output on its way out, the policy it is held to, marks and findings."""
