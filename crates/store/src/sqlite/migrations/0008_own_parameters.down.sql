DROP TABLE own_parameter;
DELETE FROM meta WHERE key = 'own_parameters';
