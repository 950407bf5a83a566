-- All JWTs start alike. What tells one from another is its `jti`, which is the id of its row.
UPDATE "token" SET "start" = left("id", 12) WHERE "format" = 'jwt';
