import { CheckCircleOutlined } from '@ant-design/icons'
import { Skeleton } from 'antd'
import type { AlarmSummary } from '#/api/alarm-types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { AlarmsChange } from './alarms-page.tsx'

/** Beside the list: what is open, by rule; a click narrows the list. */
export function AlarmSide({
  summary,
  rule,
  onPick,
}: {
  readonly summary: AlarmSummary | undefined
  readonly rule: string | undefined
  readonly onPick: (change: AlarmsChange) => void
}) {
  const { t, pick, count, word } = useWording()
  const rules = summary?.rules ?? []
  const most = Math.max(1, ...rules.map((one) => one.count))
  return (
    <aside className="hf-side">
      <section aria-label={t('alarms.rules')}>
        <h2>{t('alarms.rules')}</h2>
        {summary ? null : <Skeleton active />}
        {summary && rules.length === 0 ? (
          <p className="hf-side-calm">
            <CheckCircleOutlined aria-hidden="true" /> {t('alarms.calm')}
          </p>
        ) : null}
        {rules.length > 0 ? <p className="hf-faint">{t('alarms.rulesHint')}</p> : null}
        <ol className="hf-bars">
          {rules.map((one) => (
            <li key={one.rule}>
              <button
                type="button"
                aria-pressed={rule === one.rule}
                onClick={() => onPick({ rule: rule === one.rule ? undefined : one.rule })}
              >
                <span className="hf-bar-text">
                  {pick(one.title)}
                  <span className="hf-faint">
                    {word('severity', one.severity)} · <code>{one.rule}</code>
                  </span>
                </span>
                <span className="hf-num">{count(one.count)}</span>
                <span className="hf-bar" aria-hidden="true">
                  <i style={{ width: `${(one.count / most) * 100}%` }} />
                </span>
              </button>
            </li>
          ))}
        </ol>
      </section>
    </aside>
  )
}
