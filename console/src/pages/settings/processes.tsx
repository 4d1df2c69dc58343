import { Table } from 'antd'
import type { HubProcess } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const TONES = { running: 'good', draining: 'move', silent: 'wait', gone: 'bad' } as const
const ROLES = ['api', 'worker', 'console'] as const

/** Every process of the hub 进程: what it does, since when, how busy; and which role nobody has. */
export function Processes({ processes }: { readonly processes: readonly HubProcess[] }) {
  const { t, count, duration } = useWording()
  const alive = processes.filter(({ state }) => state !== 'gone')
  const missing = ROLES.filter((role) => !alive.some(({ roles }) => roles.includes(role)))
  return (
    <>
      {missing.length > 0 ? (
        <p>
          <Tag tone="bad">{t('process.missing', { roles: missing.join(', ') })}</Tag>
        </p>
      ) : null}
      <Table<HubProcess>
        size="small"
        rowKey="id"
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={[...processes]}
        columns={[
          {
            title: t('process.where'),
            render: (_, one) => (
              <span title={one.url}>
                {one.host}:{one.pid}{' '}
                {one.isThis ? <span className="hf-faint">{t('process.this')}</span> : null}
              </span>
            ),
          },
          {
            title: t('process.state'),
            render: (_, one) => (
              <Tag tone={TONES[one.state]} title={t(`process.${one.state}.hint`)}>
                {t(`process.${one.state}`)}
              </Tag>
            ),
          },
          { title: t('process.roles'), render: (_, one) => one.roles.join(', ') },
          { title: t('hub.version'), dataIndex: 'version' },
          { title: t('process.since'), render: (_, one) => <TimeText at={one.startedAt} /> },
          {
            title: t('process.load'),
            align: 'right',
            render: (_, one) =>
              one.state === 'gone'
                ? t('process.lastSeen', { ago: duration(one.seenSecondsAgo) })
                : `${count(Math.round(one.cpuPercent))}% · ${count(Math.ceil(one.memoryBytes / 1_048_576))} MiB`,
          },
          {
            title: t('process.rates'),
            align: 'right',
            render: (_, one) =>
              one.state === 'gone'
                ? ''
                : `${count(one.acceptedPerSecond)} · ${count(one.interpretedPerSecond)} · ${count(one.effectsPerSecond)}`,
          },
        ]}
      />
    </>
  )
}
