import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function WarehousesPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('warehouses.title')} lead={t('warehouses.lead')} />
    </div>
  )
}
