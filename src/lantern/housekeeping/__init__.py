"""What a hub's keepers do when a store is lost: the warehouse made anew, backups, and what is put back of them."""
