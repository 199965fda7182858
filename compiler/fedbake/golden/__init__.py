"""Golden-file testing: cases in, differences out. For this project and for anyone who changes a template or a rule."""
