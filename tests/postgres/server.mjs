// Starts PostgreSQL with pgvector on a free port, prints the port, and exits when its input ends, so it never outlives the tests.
// One client is served at a time, and others wait. pglite-socket is not used, because the server in WebAssembly cannot wait for
// the data of a COPY: here, the statement is held back until all its data has arrived.
import { createServer } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'

const PROTOCOL_3 = 196608, SSL_REQUEST = 80877103, GSS_REQUEST = 80877104
const db = await PGlite.create({ extensions: { vector } })

async function run(message, write) {
  await db.runExclusive(() => db.execProtocolRawStream(new Uint8Array(message), { onRawData: data => write(Buffer.from(data)) }))
}

/** Removes the first complete message from the start of a buffer; undefined while it is incomplete. */
function take(buffer, hasStarted) {
  const start = hasStarted ? 1 : 0
  const length = buffer.length >= start + 4 ? start + buffer.readInt32BE(start) : Infinity
  return buffer.length >= length ? buffer.subarray(0, length) : undefined
}

const isCopy = message => message[0] === 0x51 && /^COPY .* FROM STDIN/s.test(message.toString('utf8', 5))

async function serve(socket) {
  let rest = Buffer.alloc(0), hasStarted = false, copy
  const write = data => socket.writable && socket.write(data)
  for await (const data of socket) {
    rest = Buffer.concat([rest, data])
    for (let message; (message = take(rest, hasStarted)); ) {
      rest = rest.subarray(message.length)
      if (!hasStarted && [SSL_REQUEST, GSS_REQUEST].includes(message.readInt32BE(4))) {
        write(Buffer.from('N'))
      } else if (!hasStarted) {
        if (message.readInt32BE(4) !== PROTOCOL_3) return
        hasStarted = true
        await run(message, write)
      } else if (copy) {
        copy.push(message)
        if (message[0] === 0x64) continue
        // The server itself reports that it is ready for the data, which the client already knows.
        let said = false
        await run(Buffer.concat(copy), answer => {
          const isReady = !said && answer[0] === 0x47
          said = true
          write(isReady ? answer.subarray(1 + answer.readInt32BE(1)) : answer)
        })
        copy = undefined
      } else if (isCopy(message)) {
        copy = [message]
        write(Buffer.from([0x47, 0, 0, 0, 7, 1, 0, 0]))
      } else if (message[0] === 0x58) {
        return
      } else {
        await run(message, write)
      }
    }
  }
}

let last = Promise.resolve()
const server = createServer(socket => {
  socket.on('error', () => {})
  last = last.then(async () => {
    await serve(socket).catch(() => {})
    socket.destroy()
    if (db.isInTransaction()) await db.exec('ROLLBACK')
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
