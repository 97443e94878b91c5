// Two vaults: whoever reads records and aliases has no way to the app's own secrets.

@description('Name of the vault of the app\'s own secrets.')
param settingsVaultName string

@description('Name of the vault of records and aliases.')
param recordsVaultName string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('For how many days what was deleted is kept.')
@minValue(7)
@maxValue(90)
param retentionDays int

@description('Whether the vaults are reached through the virtual network.')
param privateNetworking bool

@description('With privateNetworking: address ranges that reach the vaults all the same.')
param allowedAddresses array

var properties = {
  tenantId: tenant().tenantId
  sku: { family: 'A', name: 'standard' }
  enableRbacAuthorization: true
  enableSoftDelete: true
  softDeleteRetentionInDays: retentionDays
  enablePurgeProtection: true
  // Without a virtual network the app has no address of its own that a firewall could let in.
  publicNetworkAccess: privateNetworking && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
  networkAcls: {
    bypass: 'AzureServices'
    defaultAction: privateNetworking ? 'Deny' : 'Allow'
    ipRules: map(privateNetworking ? allowedAddresses : [], address => { value: address })
  }
}

resource settingsVault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: settingsVaultName
  location: location
  tags: tags
  properties: properties
}

resource recordsVault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: recordsVaultName
  location: location
  tags: tags
  properties: properties
}

@description('Resource id of the vault of the app\'s own secrets.')
output settingsVaultId string = settingsVault.id

@description('Its name.')
output settingsVaultName string = settingsVault.name

@description('Its address, with a slash at its end.')
output settingsVaultUri string = settingsVault.properties.vaultUri

@description('Resource id of the vault of records and aliases.')
output recordsVaultId string = recordsVault.id

@description('Its name.')
output recordsVaultName string = recordsVault.name

@description('Its address, with a slash at its end.')
output recordsVaultUri string = recordsVault.properties.vaultUri
