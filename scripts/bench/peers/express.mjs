import { createHash } from 'node:crypto'
import express from 'express'
import passport from 'passport'
import { Strategy } from 'passport-http-bearer'

// Express 5 with passport-http-bearer: the token is found by its digest in a map.
const [port, token] = process.argv.slice(2)
const sha256 = (text) => createHash('sha256').update(text).digest('base64')
const users = new Map([[sha256(token), { id: 'abc123' }]])

passport.use(new Strategy((given, done) => done(null, users.get(sha256(given)) ?? false)))
const app = express()
app.get('/call', passport.authenticate('bearer', { session: false }), (_request, response) => {
  response.json({ ok: true, id: 'abc123', status: 'done' })
})
app.listen(Number(port), '127.0.0.1', () => process.send('ready'))
