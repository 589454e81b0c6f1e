-- Often seen: 'XXX-XX-' || right(ssn, 4). The last four digits are what banks ask for; none of them stay.
UPDATE users SET
  ssn = NULL,
  -- Often seen: 'user_' || id at a domain that somebody owns, with id the key of production. Whoever has both databases
  -- has the person; the address at least can receive no mail.
  email = 'user_' || id || '@example.invalid',
  phone = '555-000-0000';
