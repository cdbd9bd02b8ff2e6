"""The printed board pack: the board's pages as an A4 PDF, and as a DOCX for those who must edit."""
