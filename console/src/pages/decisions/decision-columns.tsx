import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { DecisionBrief } from '#/api/rule-types.ts'
import { useRuleKinds } from '#/api/rules.ts'
import { useWording } from '#/i18n/language.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

export function useDecisionColumns(): readonly ListColumn<DecisionBrief>[] {
  const { t, pick } = useWording()
  const kinds = useRuleKinds().data?.kinds
  return useMemo(() => {
    const column = (
      key: string,
      width: number,
      render: ListColumn<DecisionBrief>['render'],
      more: Partial<ListColumn<DecisionBrief>> = {},
    ): ListColumn<DecisionBrief> => ({
      key,
      title: t(`decisions.col.${key}` as 'decisions.col.kind'),
      width,
      render,
      ...more,
    })
    const kindName = (kind: string) => {
      const known = kinds?.find((one) => one.kind === kind)
      return known ? pick(known.label) : kind
    }
    return [
      column('orderNo', 170, (row) => <OrderLink row={row} />, { pinned: true }),
      column('kind', 80, (row) => kindName(row.kind)),
      column('words', 210, (row) => <span title={pick(row.words)}>{pick(row.words)}</span>),
      column('outcome', 90, (row) => <CodeTag family="ruleOutcome" code={row.outcome} dot />),
      column('arm', 110, (row) => (
        <span className="hf-tags">
          <CodeTag family="ruleArm" code={row.arm} />
          <span className="hf-num">v{row.number}</span>
        </span>
      )),
      column('set', 150, (row) => (
        <Link to="/rules/$setId" params={{ setId: row.setId }} preload={false}>
          {row.setName}
        </Link>
      )),
      column('reason', 190, (row) =>
        row.outcome === 'review' ? (
          <span className="hf-faint" title={pick(row.reason)}>
            {pick(row.reason)}
          </span>
        ) : null,
      ),
      column('connection', 110, (row) => row.connectionName ?? row.connection),
      column('at', 100, (row) => <TimeText at={row.at} />),
    ]
  }, [t, pick, kinds])
}

function OrderLink({ row }: { readonly row: DecisionBrief }) {
  const { orderId } = row
  if (orderId === null) return <span className="hf-num">{row.orderNo}</span>
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, order: orderId })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {row.orderNo}
    </Link>
  )
}
