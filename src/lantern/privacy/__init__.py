"""The core: tables of bounded counts in, noised figures with honest ranges out. Knows no store and no partnership."""
