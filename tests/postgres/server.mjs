// Starts PostgreSQL with pgvector on a free port, writes the port, and ends when its input ends: so it never outlives the tests.
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create({ extensions: { vector } })
const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1' })
server.addEventListener('listening', event => console.log(event.detail.port))
await server.start()

process.stdin.resume()
process.stdin.on('end', async () => {
  await server.stop()
  await db.close()
  process.exit(0)
})
