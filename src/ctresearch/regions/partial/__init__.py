"""What is each country, district or study worth beside the others? Values drawn towards their mean as far as data say."""
