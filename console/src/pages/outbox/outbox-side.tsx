import { CheckCircleOutlined } from '@ant-design/icons'
import { Button, Popconfirm, Skeleton } from 'antd'
import type { OutboxSummary } from '#/api/intake-types.ts'
import { useCan } from '#/api/session.ts'
import type { OutboxFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { useRetry } from './outbox-bulk.tsx'
import type { OutboxChange } from './outbox-page.tsx'

const TROUBLED: readonly string[] = ['unknown', 'refused', 'dead', 'pending']

/** Beside the list: what did not succeed, by outcome code; a code is filtered with a click and retried with another. */
export function OutboxSide({
  summary,
  filter,
  onPick,
  onDone,
}: {
  readonly summary: OutboxSummary | undefined
  readonly filter: OutboxFilter
  readonly onPick: (change: OutboxChange) => void
  readonly onDone: () => void
}) {
  const { t, word, count } = useWording()
  const can = useCan()
  const retry = useRetry(onDone)
  const groups = (summary?.items ?? []).filter((one) => TROUBLED.includes(one.state) && one.code !== null)
  const most = Math.max(1, ...groups.map((group) => group.count))
  return (
    <aside className="hf-side">
      <section aria-label={t('outbox.groups')}>
        <h2>{t('outbox.groups')}</h2>
        {summary ? null : <Skeleton active />}
        {summary && groups.length === 0 ? (
          <p className="hf-side-calm">
            <CheckCircleOutlined aria-hidden="true" /> {t('outbox.groupsNone')}
            <span className="hf-faint">{t('outbox.groupsNoneHint')}</span>
          </p>
        ) : (
          <p className="hf-faint">{t('outbox.groupsHint')}</p>
        )}
        <ol className="hf-bars">
          {groups.map((group) => {
            const code = group.code ?? ''
            const picked = {
              state: group.state as NonNullable<OutboxFilter['state']>,
              effect: group.effect,
              code,
            }
            const on = filter.code === code && filter.state === group.state && filter.effect === group.effect
            return (
              <li key={`${group.state}${group.effect}${code}`}>
                <button
                  type="button"
                  aria-pressed={on}
                  onClick={() =>
                    onPick(on ? { state: undefined, effect: undefined, code: undefined } : picked)
                  }
                >
                  <span className="hf-bar-text">
                    <code>{code}</code>
                    <span className="hf-faint">
                      {word('effect', group.effect)} · {word('intent', group.state)}
                    </span>
                  </span>
                  <span className="hf-num">{count(group.count)}</span>
                  <span className="hf-bar" aria-hidden="true">
                    <i style={{ width: `${(group.count / most) * 100}%` }} />
                  </span>
                </button>
                {on && can('outbox:write') ? (
                  <div className="hf-bar-actions">
                    <Popconfirm
                      title={t('outbox.retryConfirm', { n: group.count })}
                      okText={t('outbox.retry')}
                      cancelText={t('common.cancel')}
                      onConfirm={() => retry.mutate({ filter: picked })}
                    >
                      <Button loading={retry.isPending}>{t('outbox.retryAll')}</Button>
                    </Popconfirm>
                  </div>
                ) : null}
              </li>
            )
          })}
        </ol>
      </section>
    </aside>
  )
}
