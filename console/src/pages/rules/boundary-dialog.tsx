import { useMutation, useQuery } from '@tanstack/react-query'
import { App, Checkbox, Modal, Skeleton } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { RuleInputJson } from '#/api/rule-model-types.ts'
import type { CaseExpected, RuleKind, RuleSet } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { ExpectedText } from './cases-tab.tsx'
import { useRefreshSet } from './rule-queries.ts'

type Offer = {
  readonly name: string
  readonly input: RuleInputJson
  readonly expected: CaseExpected
}

/** Inputs on both sides of every boundary of the draft, with what it says of them: the ones that are ticked are kept as cases. */
export function BoundaryDialog({
  set,
  kind,
  onClose,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshSet(set.id)
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const offers = useQuery({
    queryKey: ['rule-case-offers', set.id, set.draft?.hash ?? null],
    queryFn: () => write<{ items: readonly Offer[] }>('POST', `${RULES}/sets/${set.id}/cases/offer`, {}),
    staleTime: 0,
    gcTime: 0,
  })
  const rows = offers.data?.items ?? []
  const keep = useMutation({
    mutationFn: async () => {
      for (const { name, input, expected } of rows.filter((one) => ticked.has(one.name)))
        await write('POST', `${RULES}/sets/${set.id}/cases`, { name, input, expected, origin: 'boundary' })
    },
    onError: fail,
    onSettled: refresh,
    onSuccess: () => {
      void message.success(t('rules.case.kept', { n: ticked.size }))
      onClose()
    },
  })
  const all = ticked.size === rows.length
  return (
    <Modal
      open
      width={760}
      title={t('rules.offer')}
      okText={t('rules.case.keep', { n: ticked.size })}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: ticked.size === 0, loading: keep.isPending }}
      onOk={() => keep.mutate()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('rules.offerHint')}</p>
      {offers.error ? <ProblemNotice error={offers.error} onRetry={() => void offers.refetch()} /> : null}
      {offers.isPending ? <Skeleton active /> : null}
      {offers.data && rows.length === 0 ? <p>{t('rules.offerNone')}</p> : null}
      {rows.length > 0 ? (
        <>
          <Checkbox
            checked={all}
            indeterminate={!all && ticked.size > 0}
            onChange={() => setTicked(all ? new Set() : new Set(rows.map((one) => one.name)))}
          >
            {t('rules.offerAll', { n: rows.length })}
          </Checkbox>
          <ul className="hf-changes">
            {rows.map((one) => (
              <li key={one.name}>
                <Checkbox
                  checked={ticked.has(one.name)}
                  onChange={(event) =>
                    setTicked((old) => {
                      const next = new Set(old)
                      if (event.target.checked) next.add(one.name)
                      else next.delete(one.name)
                      return next
                    })
                  }
                >
                  {one.name}
                </Checkbox>
                <span className="hf-push">
                  <ExpectedText expected={one.expected} kind={kind} currency={one.input.currency} />
                </span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Modal>
  )
}
