import type { FactKind } from '#domain/fact.ts'
import type { FileField } from '#domain/file-order.ts'

/** What exports call their columns, in the order in which a name is believed; folded as `foldName` does. */
export const COLUMN_NAMES: Readonly<Partial<Record<FileField, string>>> = {
  order_no:
    '订单号 订单编号 主订单编号 平台订单号 交易编号 order_no orderno order_id orderid order order_number ordernumber name number',
  status: '订单状态 状态 交易状态 order_status orderstatus status financial_status state',
  placed:
    '下单时间 创建时间 订单创建时间 订单提交时间 拍下时间 成交时间 order_purchase_timestamp purchase_timestamp created_at createdat order_date orderdate date_created placed_at placed purchased_at purchase_date order_time',
  paid: '付款时间 支付时间 订单付款时间 支付完成时间 order_approved_at approved_at paid_at paidat paid payment_time payment_date pay_time',
  handed_over:
    '发货时间 订单发货时间 出库时间 order_delivered_carrier_date shipped_at shipped_date fulfilled_at ship_date shipment_date dispatched_at handed_over',
  picked_up: '揽收时间 揽件时间 picked_up_at picked_up pickup_time collected_at',
  delivered:
    '签收时间 妥投时间 收货时间 确认收货时间 order_delivered_customer_date delivered_at delivered delivery_date delivered_date',
  completed: '完成时间 订单完成时间 交易成功时间 completed_at completed',
  cancelled: '取消时间 关闭时间 订单关闭时间 cancelled_at canceled_at cancel_time',
  ship_by:
    '最晚发货时间 承诺发货时间 应发货时间 预计发货时间 ship_by latest_ship_date shipping_limit_date ship_deadline',
  deliver_by:
    '承诺送达时间 预计送达时间 最晚送达时间 order_estimated_delivery_date estimated_delivery_date deliver_by latest_delivery_date',
  updated_at: '更新时间 修改时间 最后更新时间 updated_at updatedat last_modified modified_at',
  tracking_no:
    '运单号 快递单号 物流单号 快递运单号 tracking_no tracking_number trackingnumber waybill_no awb tracking',
  carrier: '快递公司 物流公司 承运商 carrier shipping_company logistics courier',
  line_id: '子订单号 子订单编号 商品行号 line_id order_item_id line_item_id item_id lineid',
  sku: '商家编码 sku编码 商品编码 规格编码 sku货号 货号 sku seller_sku merchant_sku item_sku lineitem_sku product_sku',
  title:
    '商品名称 商品标题 宝贝标题 商品 品名 product_name title item_name lineitem_name product product_title',
  spec: '规格 商品规格 商品属性 规格名称 variant specification variation spec',
  quantity: '数量 商品数量 购买数量 件数 quantity qty lineitem_quantity quantity_purchased count',
  unit_price: '单价 商品单价 商品价格 unit_price price lineitem_price item_price',
  line_total: '商品实付 行金额 line_total line_amount item_total subtotal_line',
  goods_total: '商品总额 商品总价 商品金额 subtotal goods_total items_total',
  shipping: '运费 邮费 快递费 shipping shipping_fee freight freight_value shipping_price',
  discount: '优惠 优惠金额 折扣 discount discount_amount',
  total:
    '实付金额 订单金额 应付金额 买家实付 实收金额 总金额 总价 total order_total total_price grand_total payment_value amount',
  currency: '币种 货币 currency currency_code',
  buyer_id: '买家id 会员id 用户id customer_id buyer_id customerid user_id',
  buyer_name: '买家昵称 买家 会员名 买家会员名 buyer_name buyer customer customer_name buyer_username',
  recipient_name:
    '收货人 收件人 收货人姓名 收件人姓名 recipient_name recipient ship_to shipping_name receiver',
  recipient_phone:
    '手机 电话 收货人电话 联系电话 收件人手机 联系手机 收货人手机号 phone recipient_phone shipping_phone mobile ship_phone_number',
  country: '国家 国家地区 country shipping_country ship_country',
  province: '省 省份 收货省份 province state_province shipping_province ship_state customer_state',
  city: '市 城市 收货城市 city shipping_city ship_city customer_city',
  district: '区 区县 收货区县 district county shipping_district',
  address: '地址 收货地址 详细地址 收件地址 address shipping_address1 address1 ship_address_1 street',
  postal_code: '邮编 邮政编码 postal_code zip zip_code postcode shipping_zip ship_postal_code',
  buyer_note: '买家留言 买家备注 留言 buyer_note customer_note buyer_message notes',
  seller_note: '卖家备注 商家备注 备注 seller_note merchant_note remark memo',
}

/** What exports write for where an order is. Only words that mean one thing everywhere; the rest is for a person. */
export const STATUS_WORDS: Readonly<Record<string, FactKind | 'none'>> = {
  待付款: 'none',
  等待买家付款: 'none',
  created: 'none',
  pending: 'none',
  unpaid: 'none',
  待发货: 'paid',
  已付款: 'paid',
  买家已付款: 'paid',
  paid: 'paid',
  approved: 'paid',
  processing: 'none',
  invoiced: 'none',
  已发货: 'dispatched',
  卖家已发货: 'dispatched',
  shipped: 'dispatched',
  fulfilled: 'dispatched',
  dispatched: 'dispatched',
  部分发货: 'part_dispatched',
  已签收: 'delivered',
  已送达: 'delivered',
  delivered: 'delivered',
  已完成: 'completed',
  交易成功: 'completed',
  completed: 'completed',
  complete: 'completed',
  已取消: 'cancelled',
  交易关闭: 'cancelled',
  canceled: 'cancelled',
  cancelled: 'cancelled',
  已退款: 'refunded',
  refunded: 'refunded',
  unavailable: 'held',
  on_hold: 'held',
}
