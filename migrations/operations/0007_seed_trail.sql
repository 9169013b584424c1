INSERT INTO trail (id, position) VALUES (1, 0);
