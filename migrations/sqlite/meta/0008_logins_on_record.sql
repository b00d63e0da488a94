-- A login is on record with what tells its session from every other one. Whoever was logged in before logs in
-- once more.
DELETE FROM session;
