import { CheckCircleOutlined } from '@ant-design/icons'
import type { Fact, UnknownCode } from '#/api/intake-types.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { FactPicker } from '#/parts/fact-picker.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'

/** Codes that came and nobody decided, each with the message it came in; decided in place, into the draft. */
export function UnknownCodes({
  codes,
  drafted,
  onDecide,
}: {
  readonly codes: readonly UnknownCode[]
  readonly drafted: Readonly<Record<string, Fact>>
  /** Absent: may not be decided by this person. */
  readonly onDecide: ((code: string, fact: Fact) => void) | undefined
}) {
  const { t } = useWording()
  if (codes.length === 0) {
    return (
      <p className="hf-side-calm hf-calm-line">
        <CheckCircleOutlined aria-hidden="true" /> {t('mapping.unknownNone')}
        <span>{t('mapping.unknownNoneHint')}</span>
      </p>
    )
  }
  return (
    <Section
      title={
        <>
          {t('mapping.unknown')} <Tag tone="wait">{codes.length}</Tag>{' '}
          <span className="hf-faint">{t('mapping.unknownHint')}</span>
        </>
      }
    >
      <table className="hf-plain-table hf-unknown">
        <thead>
          <tr>
            <th scope="col">{t('mapping.col.code')}</th>
            <th scope="col">{t('mapping.col.connection')}</th>
            <th scope="col" className="hf-right">
              {t('mapping.col.seen')}
            </th>
            <th scope="col">{t('mapping.col.lastSeen')}</th>
            <th scope="col">
              <span className="hf-hidden">{t('mapping.sample')}</span>
            </th>
            <th scope="col">{t('mapping.decide')}</th>
          </tr>
        </thead>
        <tbody>
          {codes.map((row) => (
            <UnknownRow
              key={`${row.connection}${row.code}`}
              row={row}
              drafted={drafted[row.code] ?? null}
              onDecide={onDecide}
            />
          ))}
        </tbody>
      </table>
    </Section>
  )
}

function UnknownRow({
  row,
  drafted,
  onDecide,
}: {
  readonly row: UnknownCode
  readonly drafted: Fact | null
  readonly onDecide: ((code: string, fact: Fact) => void) | undefined
}) {
  const { t, count } = useWording()
  const { openMessage } = useOverlay()
  const connection = useConnections().find(({ id }) => id === row.connection)
  return (
    <tr>
      <td>
        <code className="hf-strong">{row.code}</code>
      </td>
      <td>{connection?.name ?? row.connection}</td>
      <td className="hf-right hf-num">{count(row.seen)}</td>
      <td>
        <TimeText at={row.lastAt} />
      </td>
      <td>
        <button type="button" className="hf-link" onClick={() => openMessage(row.sampleMessage)}>
          {t('mapping.sample')}
        </button>
      </td>
      <td>
        {onDecide ? (
          <FactPicker
            label={t('mapping.decidePick', { code: row.code })}
            value={drafted}
            onPick={(fact) => onDecide(row.code, fact)}
          />
        ) : (
          <span className="hf-faint">{t('mapping.undecided')}</span>
        )}
      </td>
    </tr>
  )
}
