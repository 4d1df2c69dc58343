import { carrierInWords } from '#connectors/carriers/claims.ts'
import { EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { InterceptReport, Settings, StoredMessage } from '#domain/connector.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { answerOf } from './codes.ts'
import { parseReport } from './schema.ts'

/** What a report claims of its parcel; refusals as in `parseReport`. */
export function readReport(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const report = parseReport(message.body)
  if (!report.ok) return report
  const { status, at, carrier, words } = report.value
  const number = trackingNo(report.value.trackingNo)
  const zone = settings.zone?.trim() ?? ''
  return ok({
    ...EMPTY_READING,
    claims: [
      {
        subject: { by: 'parcel', trackingNo: number },
        code: `intercept:${status}`,
        at: readTime({ system: 'partner-warehouse', raw: at, context: zone === '' ? {} : { zone } }),
        detail: {
          trackingNo: number,
          ...(carrier === null ? {} : { carrier: carrierInWords(carrier) }),
          ...(words === null ? {} : { words }),
        },
      },
    ],
  })
}

/** The same report as the answer to an instruction; null where it is none. */
export function readAnswer(message: Pick<StoredMessage, 'body'>): InterceptReport | null {
  const report = parseReport(message.body)
  if (!report.ok) return null
  const answer = answerOf(report.value.status)
  return answer === null
    ? null
    : { requestId: report.value.requestId, answer, words: report.value.words ?? '' }
}
