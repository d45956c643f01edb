// What node-postgres does with a server, told line by line: pg, pg-cursor, pg-copy-streams.
//
// In: the port of a server that knows the database `app` and lets the user `helios` in. Out: lines that are the same for
// every server that answers as PostgreSQL does.

const { Client, Pool } = require('pg')
const Cursor = require('pg-cursor')
const { from, to } = require('pg-copy-streams')
const { pipeline } = require('node:stream/promises')
const { Readable, Writable } = require('node:stream')

const port = Number(process.argv[2])
const settings = { host: '127.0.0.1', port, user: 'helios', password: 'any', database: 'app' }

function tell(what, value) {
  const plain = (_, part) => (part && part.type === 'Buffer' ? `\\x${Buffer.from(part.data).toString('hex')}` : part)
  console.log(`${what}: ${JSON.stringify(value, plain)}`)
}

async function refused(client, text, values) {
  try {
    await client.query(text, values)
    return 'nothing was refused'
  } catch (error) {
    return { code: error.code, message: error.message, constraint: error.constraint, table: error.table }
  }
}

async function types(client) {
  await client.query(
    'CREATE TABLE kinds (id bigserial PRIMARY KEY, n int4, g int8, f float8, d numeric(10,2), t text, v varchar(10),' +
      ' b bytea, ok boolean, at timestamp, tz timestamptz, day date, tags text[], doc jsonb, u uuid)'
  )
  const row = [
    7, '9007199254740993', 1.5, '12.50', 'text', 'short', Buffer.from([0, 1, 255]), true,
    '2024-01-02 03:04:05.678', new Date('2024-01-02T03:04:05.678Z'), '2024-02-29', ['a', 'b,c', null],
    { a: [1, null, 'x'] }, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ]
  const places = row.map((_, position) => `$${position + 1}`).join(', ')
  const columns = 'n, g, f, d, t, v, b, ok, at, tz, day, tags, doc, u'
  const inserted = await client.query(`INSERT INTO kinds (${columns}) VALUES (${places}) RETURNING id`, row)
  tell('inserted', [inserted.rows, inserted.rowCount, inserted.command])
  const found = await client.query('SELECT * FROM kinds WHERE n = $1 AND t = $2', [7, 'text'])
  tell('columns', found.fields.map((field) => [field.name, field.dataTypeID, field.dataTypeModifier]))
  tell('row', found.rows)
  tell('nulls', (await client.query('INSERT INTO kinds (n) VALUES ($1) RETURNING *', [null])).rows)
  const named = { name: 'by-n', text: 'SELECT count(*) FROM kinds WHERE n = $1' }
  for (const n of [7, 8, 7]) tell('named', (await client.query({ ...named, values: [n] })).rows)
  const asArrays = await client.query({ text: 'SELECT n, t FROM kinds ORDER BY id', rowMode: 'array' })
  tell('arrays', asArrays.rows)
  tell('any', (await client.query('SELECT t FROM kinds WHERE n = ANY ($1)', [[7, 9]])).rows)
  tell('several', (await client.query('SELECT 1 AS a; SELECT 2 AS b')).map((result) => result.rows))
}

async function transactions(client) {
  await client.query('CREATE TABLE ledger (id int8 PRIMARY KEY, amount int CHECK (amount >= 0))')
  await client.query('BEGIN')
  await client.query('INSERT INTO ledger VALUES ($1, $2)', [1, 10])
  tell('duplicate', await refused(client, 'INSERT INTO ledger VALUES ($1, $2)', [1, 20]))
  tell('failed', await refused(client, 'SELECT 1'))
  await client.query('ROLLBACK')
  tell('rolled back', (await client.query('SELECT count(*) FROM ledger')).rows)
  await client.query('BEGIN')
  await client.query('INSERT INTO ledger VALUES (1, 10)')
  await client.query('SAVEPOINT one')
  tell('check', await refused(client, 'UPDATE ledger SET amount = -1'))
  await client.query('ROLLBACK TO SAVEPOINT one')
  await client.query('UPDATE ledger SET amount = amount + 1')
  await client.query('COMMIT')
  tell('committed', (await client.query('SELECT * FROM ledger')).rows)
  tell('no table', await refused(client, 'SELECT * FROM nowhere'))
  tell('no column', await refused(client, 'SELECT missing FROM ledger'))
  tell('syntax', await refused(client, 'SELEC 1'))
  tell('not a number', await refused(client, 'SELECT * FROM ledger WHERE id = $1', ['x']))
}

async function cursors(client) {
  const cursor = client.query(new Cursor('SELECT n * $1::int AS n FROM generate_series(1, 250) AS n', [2]))
  const sizes = []
  let sum = 0
  for (;;) {
    const rows = await cursor.read(100)
    sizes.push(rows.length)
    if (rows.length === 0) break
    for (const row of rows) sum += row.n
  }
  await cursor.close()
  tell('cursor', [sizes, sum])
  const early = client.query(new Cursor('SELECT n FROM generate_series(1, 100000) AS n'))
  tell('first rows', await early.read(2))
  await early.close()
  tell('after the cursor', (await client.query('SELECT 1 AS one')).rows)
}

async function copies(client) {
  const lines = Readable.from(['2\t20\n', '3\t', '30\n4\t\\N\n'])
  await pipeline(lines, client.query(from('COPY ledger FROM STDIN')))
  let text = ''
  const sink = new Writable({
    write(piece, _, done) {
      text += piece
      done()
    },
  })
  await pipeline(client.query(to('COPY (SELECT * FROM ledger ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)')), sink)
  tell('copied', text)
  let reason
  try {
    await pipeline(Readable.from(['5\tx\n']), client.query(from('COPY ledger FROM STDIN')))
  } catch (error) {
    reason = error.code
  }
  tell('bad line', reason)
  tell('all or none', (await client.query('SELECT count(*) FROM ledger')).rows)
}

async function pools() {
  const pool = new Pool({ ...settings, max: 4 })
  const work = Array.from({ length: 20 }, (_, n) => pool.query('SELECT $1::int + 1 AS n', [n]))
  tell('pool', (await Promise.all(work)).map((result) => result.rows[0].n))
  await pool.end()
  const slow = new Client({ ...settings, statement_timeout: 50 })
  await slow.connect()
  tell('timeout', (await refused(slow, 'SELECT pg_sleep(100)')).code)
  await slow.end()
}

async function main() {
  const client = new Client(settings)
  await client.connect()
  await types(client)
  await transactions(client)
  await cursors(client)
  await copies(client)
  await pools()
  await client.end()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
