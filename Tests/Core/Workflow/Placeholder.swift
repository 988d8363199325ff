// placeholder, deleted with the first real file
