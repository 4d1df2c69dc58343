import { WarningFilled } from '@ant-design/icons'
import { type ImportTemplate, kindOfField, type Uploaded } from '#/api/import-types.ts'
import { useSession } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { clockIn, momentsOf, offsetText, readCell, zoneOffset } from '#/lib/wall-time.ts'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'

const SAMPLES = 3

/** What the first samples of each time column mean under the chosen format and zone, as it is chosen. */
export function TimePreview({
  file,
  template,
}: {
  readonly file: Uploaded
  readonly template: ImportTemplate
}) {
  const { t, word } = useWording()
  const times = Object.entries(template.columns).filter(([field]) => kindOfField(field) === 'time')
  return (
    <Section title={t('imports.times')}>
      <p className="hf-faint">{t(times.length === 0 ? 'imports.timesNone' : 'imports.timesHint')}</p>
      {times.map(([field, { column, format, zone }]) => {
        const samples = file.columns.find((one) => one.name === column)?.samples ?? []
        return (
          <div key={field} className="hf-time-preview">
            <h3>{word('importField', field)}</h3>
            <ul aria-label={word('importField', field)}>
              {samples
                .filter((sample) => sample.trim() !== '')
                .slice(0, SAMPLES)
                .map((sample, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: samples repeat and never move
                  <li key={index}>
                    <code>{sample}</code>
                    <Reading
                      text={sample}
                      format={format ?? template.dateFormat}
                      zone={zone ?? template.zone}
                    />
                  </li>
                ))}
            </ul>
          </div>
        )
      })}
    </Section>
  )
}

function Reading({
  text,
  format,
  zone,
}: {
  readonly text: string
  readonly format: string
  readonly zone: string
}) {
  const { t } = useWording()
  const hubZone = useSession().hub.zone
  const read = readCell(text, format)
  if (read.kind === 'unread') return <Warning text={t('imports.time.unread')} bad />
  if (read.kind === 'day') return <Warning text={t('imports.time.day')} />
  const moments =
    read.kind === 'wall'
      ? momentsOf(read.wall, zone)
      : [{ epochMs: read.epochMs, offset: zoneOffset(zone, read.epochMs) ?? 0 }]
  if (moments === null) return <Warning text={t('imports.time.badZone')} bad />
  const [first] = moments
  if (first === undefined) return <Warning text={t('imports.time.skipped')} />
  return (
    <span className="hf-reading">
      <span className="hf-num">
        {clockIn(read.kind === 'wall' ? zone : 'UTC', first.epochMs)}{' '}
        <b>{offsetText(read.kind === 'wall' ? first.offset : 0)}</b>
      </span>
      {moments.length > 1 ? (
        <Warning text={t('imports.time.ambiguous')} />
      ) : (
        <span className="hf-faint hf-num">
          {t('imports.time.inHub', { t: clockIn(hubZone, first.epochMs) })}
        </span>
      )}
    </span>
  )
}

function Warning({ text, bad = false }: { readonly text: string; readonly bad?: boolean }) {
  return (
    <Tag tone={bad ? 'bad' : 'wait'}>
      <WarningFilled aria-hidden="true" /> {text}
    </Tag>
  )
}
