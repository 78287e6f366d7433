"""What heliochrome does to a picture: one options class and one function per task."""
