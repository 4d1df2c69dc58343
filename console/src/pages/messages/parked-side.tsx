import { CheckCircleOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { MessageFilter, ParkedGroup, ReplayChoice } from '#/api/intake-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useParkWord } from '#/parts/problem-notice.tsx'
import type { MessageChange } from './messages-page.tsx'

const UNKNOWN_CODE = 'mapping.unknown_code'

/** Beside the log: what waits for a person, by reason. */
export function ParkedSide({
  filter,
  onPick,
  onReplay,
}: {
  readonly filter: MessageFilter
  readonly onPick: (change: MessageChange) => void
  readonly onReplay: (choice: ReplayChoice) => void
}) {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['parked'],
    queryFn: ({ signal }) => get<{ items: readonly ParkedGroup[] }>('/api/messages/parked', {}, signal),
    refetchInterval: 10_000,
  })
  return (
    <aside className="hf-side">
      <section aria-label={t('parked.title')}>
        <h2>{t('parked.title')}</h2>
        {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
        {data || error ? null : <Skeleton active />}
        {data?.items.length === 0 ? (
          <p className="hf-side-calm">
            <CheckCircleOutlined aria-hidden="true" /> {t('parked.none')}
            <span className="hf-faint">{t('parked.noneHint')}</span>
          </p>
        ) : (
          <p className="hf-faint">{t('parked.hint')}</p>
        )}
        <Groups groups={data?.items ?? []} filter={filter} onPick={onPick} onReplay={onReplay} />
        {data && data.items.length > 0 ? <Link to="/lanes">{t('lanes.dead.fromMessages')}</Link> : null}
      </section>
    </aside>
  )
}

function Groups({
  groups,
  filter,
  onPick,
  onReplay,
}: {
  readonly groups: readonly ParkedGroup[]
  readonly filter: MessageFilter
  readonly onPick: (change: MessageChange) => void
  readonly onReplay: (choice: ReplayChoice) => void
}) {
  const { t, count, pick, ago } = useWording()
  const parkWord = useParkWord()
  const can = useCan()
  const connectors = useConnectors()
  const most = Math.max(1, ...groups.map((group) => group.count))
  const kindName = (kind: string) => {
    const connector = connectors.find((one) => one.kind === kind)
    return connector ? pick(connector) : kind
  }
  return (
    <ol className="hf-bars">
      {groups.map((group) => {
        const on = filter.parkCode === group.code
        return (
          <li key={`${group.code}${group.kind}`}>
            <button
              type="button"
              aria-pressed={on}
              onClick={() => onPick({ parkCode: on ? undefined : group.code, state: undefined })}
            >
              <span className="hf-bar-text">
                {parkWord(group.code)} <code className="hf-faint">{group.code}</code>
                <span className="hf-faint">
                  {kindName(group.kind)} · {t('parked.oldest', { t: ago(group.oldest) })}
                </span>
              </span>
              <span className="hf-num">{count(group.count)}</span>
              <span className="hf-bar" aria-hidden="true">
                <i style={{ width: `${(group.count / most) * 100}%` }} />
              </span>
            </button>
            {on ? (
              <div className="hf-bar-actions">
                {can('messages:replay') ? (
                  <Button onClick={() => onReplay({ filter: { parkCode: group.code } })}>
                    {t('parked.replayAll')}
                  </Button>
                ) : null}
                {group.code === UNKNOWN_CODE ? (
                  <Link to="/mapping" search={{ kind: group.kind }}>
                    {t('parked.decide')}
                  </Link>
                ) : null}
              </div>
            ) : null}
          </li>
        )
      })}
    </ol>
  )
}
