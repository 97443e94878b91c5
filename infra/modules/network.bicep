// A virtual network in which the app reaches its storage account and the vaults. Service hooks come from the internet
// all the same: Azure DevOps knows no private endpoint. Microsoft.App must be registered in the subscription.

@description('Part of every name.')
param baseName string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The address range, at least a /24.')
param addressPrefix string

@description('Resource id of the storage account.')
param storageId string

@description('Resource id of the vault of the app\'s own secrets.')
param settingsVaultId string

@description('Resource id of the vault of records and aliases.')
param recordsVaultId string

resource vnet 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${baseName}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [
            { name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 2)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource appSubnet 'subnets' existing = {
    name: 'app'
  }

  resource endpointSubnet 'subnets' existing = {
    name: 'endpoints'
  }
}

var zoneNames = [
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.queue.${environment().suffixes.storage}'
  'privatelink.table.${environment().suffixes.storage}'
  'privatelink.vaultcore.azure.net'
]
var targets = [
  { name: 'blob', resourceId: storageId, group: 'blob', zone: 0 }
  { name: 'queue', resourceId: storageId, group: 'queue', zone: 1 }
  { name: 'table', resourceId: storageId, group: 'table', zone: 2 }
  { name: 'settings', resourceId: settingsVaultId, group: 'vault', zone: 3 }
  { name: 'records', resourceId: recordsVaultId, group: 'vault', zone: 3 }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zoneName in zoneNames: {
  name: zoneName
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zoneName, i) in zoneNames: {
  parent: zones[i]
  name: vnet.name
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: vnet.id }
  }
}]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [for target in targets: {
  name: 'pe-${baseName}-${target.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: vnet::endpointSubnet.id }
    privateLinkServiceConnections: [
      {
        name: target.name
        properties: {
          privateLinkServiceId: target.resourceId
          groupIds: [target.group]
        }
      }
    ]
  }
}]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [for (target, i) in targets: {
  parent: endpoints[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      { name: target.name, properties: { privateDnsZoneId: zones[target.zone].id } }
    ]
  }
  dependsOn: [links]
}]

@description('Resource id of the subnet of the app.')
output appSubnetId string = vnet::appSubnet.id
