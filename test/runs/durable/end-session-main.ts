import pg from 'pg'

// Ends the session of a process id and waits until it has ended: node end-session-main.ts URL PID

const [url, pid] = process.argv.slice(2)
const client = new pg.Client({ connectionString: url })
await client.connect()
const { rows } = await client.query('select pg_terminate_backend($1, 60000) as ended', [pid])
await client.end()
process.exitCode = rows[0].ended ? 0 : 1
