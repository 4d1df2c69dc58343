import { isIP, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import { testNotice } from '#connectors/notifiers/notice-text.ts'
import { hideSecrets } from '#connectors/notifiers/robot-call.ts'
import type { CallDeps, Calls, ReportAnswer, Settings } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { Outage } from '#kernel/outage.ts'
import { ok } from '#kernel/result.ts'
import { mailOf } from './mail.ts'
import { readSmtpSettings, type SmtpSettings } from './settings.ts'

const CONNECT_MS = 10_000
const ANSWER_MS = 20_000

export function smtpCalls(settings: Settings, deps: CallDeps): Calls {
  const notify = async (notice: Notice): Promise<ReportAnswer> => {
    const read = readSmtpSettings(settings)
    if (!read.ok) return { outcome: 'refused', refusal: read.refusal }
    const { host, port } = read.value
    // Always plain at first: TLS is begun on this line by the transport, which verifies the certificate for the host.
    const line = await deps.openTcp({ host, port, tls: false, timeoutMs: CONNECT_MS })
    try {
      return await send(read.value, notice, line as Socket)
    } finally {
      line.destroy()
    }
  }
  return {
    test: async () => {
      const answer = await notify(testNotice(deps.clock.now()))
      return answer.outcome === 'accepted'
        ? ok({ words: answer.words })
        : { ok: false, refusal: answer.refusal }
    },
    notify,
  }
}

async function send(settings: SmtpSettings, notice: Notice, connection: Socket): Promise<ReportAnswer> {
  const { host, port, security, login, authority } = settings
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: {
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(authority === null ? {} : { ca: authority }),
      minVersion: 'TLSv1.2',
    },
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
    name: 'holdfast',
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    logger: false,
    // Neither files nor addresses are read for a mail, whatever its text says.
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, done) => done(null, { connection }),
  })
  try {
    const sent = await transport.sendMail(mailOf(notice, settings))
    const refused = sent.rejected.length === 0 ? '' : `; refused: ${sent.rejected.join(', ')}`
    return { outcome: 'accepted', words: `${hide(sent.response, settings)}${refused}`.slice(0, 500) }
  } catch (error) {
    return translate(error, settings)
  } finally {
    transport.close()
  }
}

/**
 * The one place where an SMTP answer becomes ours: 5yz is a no, 4yz means later. Where the line broke off, nobody knows how far the
 * mail had come; it is sent again under the same Message-ID.
 */
function translate(error: unknown, settings: SmtpSettings): ReportAnswer {
  if (!(error instanceof Error)) throw error
  const { responseCode, code } = error as Error & { responseCode?: number; code?: string }
  const words = hide(error.message, settings).slice(0, 500)
  if (code === 'ETLS' || /certificate|self.signed|altnames/i.test(words))
    throw new Outage('smtp.tls_failed', words)
  if (code === 'EAUTH' && (responseCode === undefined || responseCode >= 500))
    return { outcome: 'refused', refusal: { code: 'smtp.login_refused', detail: words } }
  if (responseCode !== undefined && responseCode >= 500) {
    const reason = code === 'EENVELOPE' ? 'smtp.address_refused' : 'smtp.refused'
    return { outcome: 'refused', refusal: { code: reason, detail: words } }
  }
  if (responseCode !== undefined) throw new Outage('smtp.later', words)
  throw new Outage('smtp.broken', words, { unknown: true })
}

function hide(words: string, { login }: SmtpSettings): string {
  if (login === null) return words
  const { user, password } = login
  const encoded = [password, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString('base64'))
  return hideSecrets(words, [password, ...encoded])
}
