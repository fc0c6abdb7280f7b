"""The families of networks, a file each: what describes one (light to import), and how it is loaded."""
