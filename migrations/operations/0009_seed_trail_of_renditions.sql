INSERT INTO trail (id, position) VALUES (2, 0);
