"""Care events: who told of them, what they mean for policy, and the search that is made ahead because of them."""
