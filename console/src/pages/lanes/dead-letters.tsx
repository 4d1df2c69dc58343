import { CheckCircleOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Button, Table, type TableProps } from 'antd'
import { type Key, useState } from 'react'
import type { DeadChoice, DeadGroup } from '#/api/backlog-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useParkWord } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { ReplayDead } from './replay-dead.tsx'

const groupKey = ({ code, lane }: DeadChoice) => `${lane}\n${code}`

/** What was set aside, by lane and reason: look at one, mend the cause, put them all back. */
export function DeadLetters({
  groups,
  laneTitleOf,
}: {
  readonly groups: readonly DeadGroup[]
  readonly laneTitleOf: (lane: string) => string
}) {
  const { t, count } = useWording()
  const can = useCan()
  const [chosen, setChosen] = useState<readonly Key[]>([])
  const [replaying, setReplaying] = useState<readonly DeadChoice[] | null>(null)
  const columns = useDeadColumns(laneTitleOf, can('messages:replay') ? setReplaying : null)
  const picked = groups.filter((group) => chosen.includes(groupKey(group)))
  const total = picked.reduce((sum, group) => sum + group.count, 0)
  return (
    <Section
      title={
        <>
          {t('lanes.dead.title')} <span className="hf-faint hf-num">{groups.length}</span>
        </>
      }
      extra={
        picked.length > 0 && can('messages:replay') ? (
          <Button type="primary" onClick={() => setReplaying(picked.map(choiceOf))}>
            {t('lanes.dead.replayChosen', { n: total })}
          </Button>
        ) : (
          <Link to="/messages" search={{ state: 'parked' }}>
            {t('lanes.dead.toMessages')}
          </Link>
        )
      }
    >
      {groups.length === 0 ? (
        <p className="hf-side-calm">
          <CheckCircleOutlined aria-hidden="true" /> {t('lanes.dead.none')}
          <span className="hf-faint">{t('lanes.dead.noneHint')}</span>
        </p>
      ) : (
        <Table<DeadGroup>
          size="small"
          rowKey={groupKey}
          pagination={groups.length > 20 ? { pageSize: 20, size: 'small', showSizeChanger: false } : false}
          tableLayout="fixed"
          columns={columns}
          dataSource={[...groups]}
          {...(can('messages:replay')
            ? {
                rowSelection: {
                  selectedRowKeys: [...chosen],
                  onChange: (keys: Key[]) => setChosen(keys),
                  getCheckboxProps: (row: DeadGroup) => ({
                    'aria-label': t('lanes.dead.choose', { code: row.code, n: count(row.count) }),
                  }),
                },
              }
            : {})}
        />
      )}
      {replaying ? (
        <ReplayDead
          groups={replaying}
          onClose={() => {
            setReplaying(null)
            setChosen([])
          }}
        />
      ) : null}
    </Section>
  )
}

function choiceOf({ code, lane }: DeadGroup): DeadChoice {
  return { code, lane }
}

function useDeadColumns(
  laneTitleOf: (lane: string) => string,
  onReplay: ((groups: readonly DeadChoice[]) => void) | null,
): NonNullable<TableProps<DeadGroup>['columns']> {
  const { t, count, ago } = useWording()
  const parkWord = useParkWord()
  return [
    {
      key: 'code',
      title: t('lanes.dead.reason'),
      ellipsis: true,
      render: (_, row) => (
        <span title={row.detail ?? undefined}>
          {parkWord(row.code) ?? row.detail} <code className="hf-faint">{row.code}</code>
        </span>
      ),
    },
    {
      key: 'lane',
      title: t('lanes.col.name'),
      width: 180,
      ellipsis: true,
      render: (_, row) => laneTitleOf(row.lane),
    },
    {
      key: 'count',
      title: t('lanes.dead.count'),
      width: 92,
      align: 'right',
      render: (_, row) => (
        <span className="hf-num">
          {count(row.count)}
          {row.capped ? '+' : ''}
        </span>
      ),
    },
    {
      key: 'oldest',
      title: t('lanes.dead.oldest'),
      width: 150,
      render: (_, row) => <TimeText at={row.oldest} text={ago(row.oldest)} />,
    },
    {
      key: 'actions',
      title: t('lanes.dead.actions'),
      width: 230,
      align: 'right',
      render: (_, row) => (
        <span className="hf-inline">
          <Link to="/messages" search={{ parkCode: row.code, message: row.sample }}>
            {t('lanes.dead.sample')}
          </Link>
          <Link to="/messages" search={{ parkCode: row.code }}>
            {t('lanes.dead.list')}
          </Link>
          {onReplay ? (
            <Button size="small" onClick={() => onReplay([choiceOf(row)])}>
              {t('lanes.dead.replay')}
            </Button>
          ) : null}
        </span>
      ),
    },
  ]
}
