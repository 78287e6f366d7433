"""What was done to a picture, told in the standards of archives (PREMIS) and the press (C2PA)."""
