import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Input, Radio, Space } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { connectionsQuery, useConnections } from '#/api/systems.ts'
import type { Connection } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'

export const FILE_KIND = 'file'

/** The file connection that the orders will belong to, or a new one made on the spot. */
export function ShopChoice({
  value,
  onChange,
}: {
  readonly value: string | null
  readonly onChange: (id: string) => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [name, setName] = useState('')
  const shops = useConnections().filter((one) => one.kind === FILE_KIND)
  const add = useMutation({
    mutationFn: () =>
      write<Connection>('POST', '/api/connections', { kind: FILE_KIND, name: name.trim(), settings: {} }),
    onError: fail,
    onSuccess: async (added) => {
      await client.invalidateQueries({ queryKey: connectionsQuery.queryKey })
      setName('')
      onChange(added.id)
    },
  })
  return (
    <Section title={t('imports.shop')}>
      <p className="hf-faint">{t('imports.shopHint')}</p>
      <div className="hf-shops">
        {shops.length > 0 ? (
          <Radio.Group
            aria-label={t('imports.shop')}
            value={value}
            onChange={(event) => onChange(String(event.target.value))}
            options={shops.map((one) => ({ value: one.id, label: one.name }))}
          />
        ) : null}
        <Space.Compact>
          <Input
            aria-label={t('imports.shopName')}
            placeholder={t('imports.shopNameHint')}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
            onPressEnter={() => name.trim() !== '' && add.mutate()}
          />
          <Button loading={add.isPending} disabled={name.trim() === ''} onClick={() => add.mutate()}>
            {t('imports.shopNew')}
          </Button>
        </Space.Compact>
      </div>
    </Section>
  )
}
