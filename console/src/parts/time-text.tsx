import { WarningFilled } from '@ant-design/icons'
import { Tooltip } from 'antd'
import type { SourceTime } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { dateTime, dateTimeMs, nowMs, offsetOf, shortTime } from '#/lib/time.ts'
import { Tag } from './tag.tsx'

/** The current year as the hub's lists leave it out; wrong by hours at most around New Year, and then only longer text. */
function thisYear(): string {
  return String(1970 + Math.floor(nowMs() / 31_556_952_000))
}

/** A time in a dense column; the full time with seconds and offset on hover. `text` replaces the short form. */
export function TimeText({ at, text }: { readonly at: string | null | undefined; readonly text?: string }) {
  if (!at) return null
  return (
    <time dateTime={at} title={`${dateTimeMs(at)} ${offsetOf(at)}`} className="hf-num">
      {text ?? shortTime(at, thisYear())}
    </time>
  )
}

export function FullTime({ at }: { readonly at: string | null | undefined }) {
  if (!at) return null
  return (
    <time dateTime={at} title={`${dateTimeMs(at)} ${offsetOf(at)}`} className="hf-num">
      {dateTime(at)}
    </time>
  )
}

/** An event's own time with its evidence: the instant, the source's raw text, the zone used, and how we know. */
export function SourceTimeText({ time }: { readonly time: SourceTime }) {
  const { t } = useWording()
  const ambiguous = time.provenance === 'ambiguous' || time.instant === null
  return (
    <span className="hf-source-time">
      {time.instant ? (
        <FullTime at={time.instant} />
      ) : (
        <span className="hf-num">{time.raw || t('common.unknownTime')}</span>
      )}
      <Tooltip
        title={
          <>
            <div>{t(`provenance.${time.provenance}.hint`)}</div>
            <div>
              {t('time.raw')}：<code>{time.raw}</code>
            </div>
            {time.zone ? (
              <div>
                {t('time.zone')}：{time.zone}
              </div>
            ) : null}
          </>
        }
      >
        <span className="hf-provenance">
          <Tag tone={ambiguous ? 'wait' : 'neutral'}>
            {ambiguous ? <WarningFilled aria-hidden="true" /> : null}
            {t(`provenance.${time.provenance}`)}
          </Tag>
        </span>
      </Tooltip>
    </span>
  )
}
