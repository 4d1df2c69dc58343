import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'

export type SimMail = {
  readonly from: string
  readonly to: readonly string[]
  readonly data: string
  readonly encrypted: boolean
}
export type SimSmtp = {
  readonly port: number
  readonly mails: readonly SimMail[]
  /** Every line a client said outside of its mails. */
  readonly said: readonly string[]
  /** The next command that begins with `verb` gets this line; null hangs up. */
  readonly answerNext: (verb: string, line: string | null) => void
  readonly close: () => Promise<void>
}

export type SimSmtpOptions = {
  readonly mode: 'tls' | 'starttls' | 'plain'
  /** PEM; needed for both kinds of TLS. */
  readonly certificate?: { readonly cert: string; readonly key: string }
  readonly login?: { readonly user: string; readonly password: string }
}

type Session = {
  socket: Socket
  encrypted: boolean
  from: string
  to: string[]
  signedIn: boolean
  data: string | null
}

/** A mail server as RFC 5321 has it, as far as a sender meets it: EHLO, STARTTLS, AUTH PLAIN, MAIL, RCPT, DATA. Strict about order. */
export async function simSmtp(options: SimSmtpOptions): Promise<SimSmtp> {
  const mails: SimMail[] = []
  const said: string[] = []
  const told = new Map<string, (string | null)[]>()
  const sockets = new Set<Socket>()
  const secure = (socket: Socket): Socket =>
    new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(options.certificate ?? {}) })
  const serve = (session: Session): void => {
    let rest = ''
    session.socket.on('error', () => undefined)
    session.socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString('utf8')
      for (;;) {
        const end = rest.indexOf('\r\n')
        if (end < 0) return
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (take(session, line) === 'upgraded') return
      }
    })
  }
  const answer = (session: Session, line: string): void => void session.socket.write(`${line}\r\n`)
  const take = (session: Session, line: string): 'upgraded' | undefined => {
    if (session.data !== null) {
      if (line !== '.') {
        session.data += `${line.startsWith('..') ? line.slice(1) : line}\r\n`
        return
      }
      const { from, to, data, encrypted } = session
      session.data = null
      const forced = told.get('.')?.shift()
      if (forced === null) {
        session.socket.destroy()
        return
      }
      if (forced === undefined) mails.push({ from, to, data, encrypted })
      answer(session, forced ?? `250 2.0.0 Ok: queued as ${mails.length}`)
      return
    }
    said.push(line)
    const verb = line.split(' ')[0]?.toUpperCase() ?? ''
    const forced = told.get(verb)?.shift()
    if (forced === null) {
      session.socket.destroy()
      return
    }
    if (forced !== undefined) answer(session, forced)
    else return command(session, verb, line)
  }
  const command = (session: Session, verb: string, line: string): 'upgraded' | undefined => {
    if (verb === 'EHLO') {
      const offers = [
        ...(options.mode === 'starttls' && !session.encrypted ? ['STARTTLS'] : []),
        ...(options.login !== undefined && (session.encrypted || options.mode === 'plain')
          ? ['AUTH PLAIN']
          : []),
        '8BITMIME',
      ]
      answer(session, offers.map((one, i) => `250${i === offers.length - 1 ? ' ' : '-'}${one}`).join('\r\n'))
    } else if (verb === 'STARTTLS' && options.mode === 'starttls' && !session.encrypted) {
      answer(session, '220 2.0.0 Ready to start TLS')
      session.socket.removeAllListeners('data')
      serve({ ...session, socket: secure(session.socket), encrypted: true })
      return 'upgraded'
    } else if (verb === 'AUTH') {
      const { user, password } = options.login ?? { user: '', password: '' }
      session.signedIn = line === `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`
      answer(session, session.signedIn ? '235 2.7.0 ok' : '535 5.7.8 Authentication failed')
    } else if (verb === 'MAIL') {
      if (options.login !== undefined && !session.signedIn)
        answer(session, '530 5.7.0 Authentication required')
      else {
        session.from = /<([^>]*)>/.exec(line)?.[1] ?? ''
        session.to = []
        answer(session, '250 2.1.0 Ok')
      }
    } else if (verb === 'RCPT') {
      session.to.push(/<([^>]*)>/.exec(line)?.[1] ?? '')
      answer(session, '250 2.1.5 Ok')
    } else if (verb === 'DATA' && session.to.length > 0) {
      session.data = ''
      answer(session, '354 End data with <CR><LF>.<CR><LF>')
    } else if (verb === 'QUIT') {
      answer(session, '221 2.0.0 Bye')
      session.socket.end()
    } else if (verb === 'RSET' || verb === 'NOOP') answer(session, '250 2.0.0 Ok')
    else answer(session, '503 5.5.1 bad sequence')
    return undefined
  }
  const server = createServer((plain) => {
    sockets.add(plain)
    plain.on('error', () => undefined)
    const encrypted = options.mode === 'tls'
    const session = {
      socket: encrypted ? secure(plain) : plain,
      encrypted,
      from: '',
      to: [],
      signedIn: false,
      data: null,
    }
    serve(session)
    answer(session, '220 mail.example ESMTP simulated')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    said,
    answerNext: (verb, line) => void told.set(verb, [...(told.get(verb) ?? []), line]),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
